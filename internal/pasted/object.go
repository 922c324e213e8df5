package pasted

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"wsdoctor/internal/words"
)

// ErrCut says that an object begins and the text ends before it does.
var ErrCut = error(words.Fail(words.Say("pasted.cut")))

// ErrNoObject says that there is no object of the kind.
var ErrNoObject = error(words.Fail(words.Say("pasted.no-object")))

const (
	// mostStarts bounds how many braces are tried as the object's first: the text
	// before it is a prompt, a fence or a few lines of progress.
	mostStarts = 8
	// mostEnvelopes bounds how deep objects lie in texts of objects: a remote
	// shell's answer within that of a pipeline.
	mostEnvelopes = 3
)

// Object finds the JSON object that has a key, in a text with other things around
// it, or as the text of a string in an object around it: what the command line of
// Systems Manager gives of a command's output. The text is as Text gives it. The
// error is ErrCut or ErrNoObject.
func Object(b []byte, key string) ([]byte, error) { return object(b, key, mostEnvelopes) }

func object(b []byte, key string, envelopes int) ([]byte, error) {
	cut := false
	for _, from := range starts(b, key) {
		var raw json.RawMessage
		err := json.NewDecoder(bytes.NewReader(b[from:])).Decode(&raw)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if hasFirst(b[from:], key) {
				return nil, ErrCut // what begins after it lies within it
			}
			cut = true
			continue
		}
		var fields map[string]json.RawMessage
		if err != nil || json.Unmarshal(raw, &fields) != nil {
			continue
		}
		if _, has := fields[key]; has {
			return raw, nil
		}
		if envelopes == 0 || !bytes.Contains(raw, []byte(key)) {
			continue
		}
		inner, err := enclosed(raw, key, envelopes-1)
		switch {
		case err == nil:
			return inner, nil
		case errors.Is(err, ErrCut):
			cut = true
		}
	}
	if cut {
		return nil, ErrCut
	}
	return nil, ErrNoObject
}

// starts lists where the object may begin: at a brace before the key, then at one
// that begins a line.
func starts(b []byte, key string) (list []int) {
	quoted := []byte(`"` + key + `"`)
	for at := 0; len(list) < mostStarts/2; {
		i := bytes.Index(b[at:], quoted)
		if i < 0 {
			break
		}
		before := bytes.TrimRight(b[:at+i], " \t\r\n")
		if n := len(before) - 1; n >= 0 && before[n] == '{' {
			list = append(list, n)
		}
		at += i + len(quoted)
	}
	for at := 0; len(list) < mostStarts; {
		i := bytes.IndexByte(b[at:], '{')
		if i < 0 {
			break
		}
		at += i
		line := b[:at]
		if n := bytes.LastIndexAny(line, "\r\n"); n >= 0 {
			line = line[n+1:]
		}
		if len(bytes.TrimLeft(line, " \t")) == 0 && !slices.Contains(list, at) {
			list = append(list, at)
		}
		at++
		if next := bytes.IndexAny(b[at:], "\r\n"); next >= 0 { // one brace a line
			at += next
		} else {
			break
		}
	}
	slices.Sort(list)
	return list
}

// hasFirst says whether an object's first key is that one.
func hasFirst(b []byte, key string) bool {
	return bytes.HasPrefix(bytes.TrimLeft(b[1:], " \t\r\n"), []byte(`"`+key+`"`))
}

// enclosed looks for the object in the texts that an object holds.
func enclosed(raw []byte, key string, envelopes int) ([]byte, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, ErrNoObject
	}
	result := ErrNoObject
	var found []byte
	visit(v, func(_, text string) bool {
		if !strings.Contains(text, key) {
			return true
		}
		inner, err := object(Text([]byte(text)), key, envelopes)
		switch {
		case err == nil:
			found = inner
		case errors.Is(err, ErrCut):
			result = err
		}
		return found == nil
	})
	if found != nil {
		return found, nil
	}
	return nil, result
}

// visit tells every text in a JSON value and the key it stands under, in a fixed
// order, until told not to go on. The decoder has bounded the depth.
func visit(v any, tell func(key, text string) bool) bool { return visitUnder("", v, tell) }

func visitUnder(key string, v any, tell func(key, text string) bool) bool {
	switch v := v.(type) {
	case string:
		return tell(key, v)
	case []any:
		for _, x := range v {
			if !visitUnder(key, x, tell) {
				return false
			}
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for k := range v {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			if !visitUnder(k, v[k], tell) {
				return false
			}
		}
	}
	return true
}
