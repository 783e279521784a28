package store

import (
	"encoding/json"
	"fmt"
)

// encode writes a telling as it is kept; "" for none.
func (t *Telling) encode() (string, error) {
	if t == nil {
		return "", nil
	}
	return encode(t)
}

func decodeTelling(text string) (*Telling, error) {
	if text == "" {
		return nil, nil
	}
	t := new(Telling)
	if err := json.Unmarshal([]byte(text), t); err != nil {
		return nil, fmt.Errorf("read what a mail tells: %w", err)
	}
	return t, nil
}
