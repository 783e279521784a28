package classify

import (
	"encoding/binary"
	"math"
)

// A codec writes values as bytes, or reads them from bytes. What is said once about a thing holds for both ways, so that they
// can't drift apart. Numbers are varints; a list comes after its length. Reading trusts nothing: what can't be right makes it
// fail, and no list is made longer than the bytes that are left.
type codec struct {
	reading bool
	bytes   []byte
	at      int  // how many bytes are read
	failed  bool // what was read can't be right; from there on everything is zero
}

func (c *codec) fail() { c.at, c.failed = len(c.bytes), true }

// An integer is what a number may be kept in.
type integer interface {
	~int | ~int32 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// number carries a number that is not below zero.
func number[T integer](c *codec, n *T) {
	if !c.reading {
		c.bytes = binary.AppendUvarint(c.bytes, uint64(*n))
		return
	}
	read := c.next()
	if *n = T(read); *n < 0 || uint64(*n) != read {
		*n = 0
		c.fail()
	}
}

// next reads a number. Most are a byte or two.
func (c *codec) next() uint64 {
	if at := c.at; at < len(c.bytes) && c.bytes[at] < 0x80 {
		c.at++
		return uint64(c.bytes[at])
	}
	n, size := binary.Uvarint(c.bytes[c.at:])
	if size <= 0 {
		c.fail()
		return 0
	}
	c.at += size
	return n
}

// word carries a number that may be any, in four bytes.
func (c *codec) word(n *uint32) {
	if !c.reading {
		c.bytes = binary.LittleEndian.AppendUint32(c.bytes, *n)
	} else if len(c.bytes)-c.at < 4 {
		c.fail()
	} else {
		*n = binary.LittleEndian.Uint32(c.bytes[c.at:])
		c.at += 4
	}
}

// signed carries a number that may be below zero. Those near to zero are short.
func signed[T ~int32 | ~int](c *codec, n *T) {
	folded := uint32(*n<<1 ^ *n>>31)
	number(c, &folded)
	*n = T(folded>>1) ^ -T(folded&1)
}

// step carries a number that is near to the last one.
func step[T ~int32](c *codec, n, last *T) {
	d := *n - *last
	signed(c, &d)
	*last += d
	*n = *last
}

// raw carries bytes. What is read is where it was.
func (c *codec) raw(b *[]byte) {
	n := c.length(len(*b))
	if c.reading {
		*b = c.bytes[c.at : c.at+n : c.at+n]
		c.at += n
	} else {
		c.bytes = append(c.bytes, *b...)
	}
}

func (c *codec) text(s *string) {
	b := []byte(*s)
	c.raw(&b)
	*s = string(b)
}

// length carries how many things follow, each of which takes a byte at least.
func (c *codec) length(n int) int {
	if number(c, &n); c.reading && n > len(c.bytes)-c.at {
		c.fail()
		return 0
	}
	return n
}

// room carries how many things a list holds, and makes room for them where they are read. An empty list is read as nil.
func room[T any](c *codec, list *[]T) {
	n := c.length(len(*list))
	if !c.reading {
		return
	}
	if *list = nil; n > 0 {
		*list = make([]T, n)
	}
}

// each carries a list by carrying each thing in it.
func each[T any](c *codec, list *[]T, one func(*codec, *T)) {
	room(c, list)
	for i := range *list {
		one(c, &(*list)[i])
	}
}

// near carries a list of numbers of which most are near to the one before them. Nearly all that there is to read is in such lists.
func near[T ~int32](c *codec, list *[]T) {
	last := T(0)
	if !c.reading {
		each(c, list, func(c *codec, n *T) { step(c, n, &last) })
		return
	}
	room(c, list)
	bytes, at := c.bytes, c.at
	for i := range *list {
		folded, size := uint64(0), 1
		if at+1 < len(bytes) && bytes[at] < 0x80 {
			folded = uint64(bytes[at])
		} else if at+1 < len(bytes) && bytes[at+1] < 0x80 {
			folded, size = uint64(bytes[at]&0x7f)|uint64(bytes[at+1])<<7, 2
		} else if folded, size = binary.Uvarint(bytes[at:]); size <= 0 || folded > math.MaxUint32 {
			c.fail()
			return
		}
		at += size
		last += T(folded>>1) ^ -T(folded&1)
		(*list)[i] = last
	}
	c.at = at
}
