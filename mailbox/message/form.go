package message

func (r *reading) readForm() bool { return false }
