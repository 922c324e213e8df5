package words

import (
	"fmt"
	"time"
)

// Data is a text for programs: what it is about, the same in every language. Each
// message is an object of its arguments and, as "say", its name; a text within it is
// such an object too, a list of them, or a string where it is the same in every
// language. Numbers, lists and truth values stay what they are. It is nil where nothing
// is said.
func (t Text) Data() (list []map[string]any) {
	for _, m := range t.messages {
		d := map[string]any{"say": m.id}
		for name, v := range m.args {
			d[name] = datum(v)
		}
		list = append(list, d)
	}
	return list
}

func datum(v any) any {
	switch v := v.(type) {
	case Text:
		switch {
		case v.Empty():
			return nil
		case v.ID() == rawID:
			return v.Args()["text"]
		case len(v.messages) == 1:
			return v.Data()[0]
		}
		return v.Data()
	case List:
		list := make([]any, 0, len(v))
		for _, t := range v {
			list = append(list, datum(t))
		}
		return list
	case string, []string, int, uint16, float64, bool, Ports, Protocols:
		return v
	case Milliseconds:
		return float64(v)
	case Chance:
		return float64(v)
	case Moment:
		return time.Time(v).UTC()
	case fmt.Stringer:
		return v.String()
	case interface{ Text() Text }:
		return datum(v.Text())
	}
	return fmt.Sprint(v)
}
