package daemon

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// NewLogger returns a logger that writes one line a record to w.
//
// Under the journal (JOURNAL_STREAM is set) a line is JSON behind the priority that systemd reads, "<4>{…}", and bears no
// time, since the journal has its own. Elsewhere it is meant for a person.
func NewLogger(w io.Writer, journal bool) *zap.Logger {
	if !journal {
		c := zap.NewDevelopmentEncoderConfig()
		c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05")
		c.CallerKey, c.StacktraceKey, c.ConsoleSeparator = "", "", " "
		return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(c), zapcore.Lock(zapcore.AddSync(w)), zap.InfoLevel))
	}
	c := zap.NewProductionEncoderConfig()
	c.TimeKey, c.StacktraceKey = "", ""
	enc := &journalEncoder{Encoder: zapcore.NewJSONEncoder(c), pool: buffer.NewPool()}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), zap.InfoLevel))
}

// A journalEncoder puts the priority of sd-daemon(3) before each line.
type journalEncoder struct {
	zapcore.Encoder
	pool buffer.Pool
}

// Clone keeps the priority on loggers made by With, which clone the encoder.
func (e *journalEncoder) Clone() zapcore.Encoder {
	return &journalEncoder{Encoder: e.Encoder.Clone(), pool: e.pool}
}

func (e *journalEncoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := e.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	defer line.Free()
	out := e.pool.Get()
	out.AppendString(priority(entry.Level))
	_, err = out.Write(line.Bytes())
	return out, err
}

func priority(l zapcore.Level) string {
	switch {
	case l >= zapcore.DPanicLevel:
		return "<2>"
	case l == zapcore.ErrorLevel:
		return "<3>"
	case l == zapcore.WarnLevel:
		return "<4>"
	case l == zapcore.InfoLevel:
		return "<6>"
	default:
		return "<7>"
	}
}
