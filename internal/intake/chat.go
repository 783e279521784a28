package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"go.uber.org/zap"
)

// hears reports whether a robot wants to be told of an action. A follow-up belongs to the rules that have fired in its case.
func (r Robot) hears(a escalation.Action, f note.Facts) bool {
	if len(r.Channels) > 0 && !slices.Contains(r.Channels, f.Message.Channel) {
		return false
	}
	if len(r.Rules) == 0 || slices.ContainsFunc(a.Rules, func(rule string) bool { return slices.Contains(r.Rules, rule) }) {
		return true
	}
	for step := range f.Case.Used {
		if a.Do == escalation.FollowUp && slices.Contains(r.Rules, step.Rule) {
			return true
		}
	}
	return false
}

// queueChat queues a notice for each robot that wants to hear of a mail. What can't be written is left out: the mail
// itself is on its way, which matters more.
func (in *Intake) queueChat(tx *store.Tx, a escalation.Action, f note.Facts, messageID string) error {
	for _, robot := range in.Robots {
		if !robot.hears(a, f) {
			continue
		}
		payload, err := in.writeChat(a, f, messageID, robot.Details)
		if err != nil {
			level := zap.ErrorLevel
			if errors.Is(err, errBroke) {
				level = zap.DPanicLevel // counted, and fails the tests
			}
			in.Log.Log(level, "a chat is not told of a mail", zap.String("robot", robot.Name), zap.Int64("case", f.Case.ID), zap.Error(err))
			continue
		}
		err = tx.Enqueue(&store.Row{
			Key: "chat/" + robot.Name + "/" + messageID, Kind: store.ChatRow, CaseID: f.Case.ID, Argument: robot.Name,
			MessageID: messageID, Payload: payload, NextAt: f.Now, CreatedAt: f.Now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *Intake) writeChat(a escalation.Action, f note.Facts, messageID string, details bool) (payload []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(errBroke, fmt.Errorf("panic: %v", p))
		}
	}()
	n, err := in.Composer.Chat(a.Do, f, messageID, details)
	if err != nil {
		return nil, err
	}
	return json.Marshal(n)
}
