package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

const (
	// maxFile is how much of a file is read, in bytes. A list with a dozen
	// registrations has about 2 KiB.
	maxFile = 64 << 10
	// maxEntries is how many registrations are taken from one file.
	maxEntries = 100
	// maxText is how many characters of a value are kept; a DNS name that
	// serves as code has at most 253.
	maxText = 256
)

// Why a file cannot be used. None of these quotes the file: it holds secrets.
var (
	errNotRegular = error(words.Fail(words.Say("client.file.irregular")))
	errTooLarge   = error(words.Fail(words.Say("client.file.large")))
	errNoJSON     = error(words.Fail(words.Say("client.file.json")))
	errNoList     = error(words.Fail(words.Say("client.file.list")))
	errTooMany    = error(words.Fail(words.Say("client.file.many")))
	errNoSettings = error(words.Fail(words.Say("client.file.settings")))
	errUnreadable = error(words.Fail(words.Say("client.file.unreadable")))
)

// read gives a small regular file. A missing one is fs.ErrNotExist.
func read(path string) ([]byte, error) {
	// Looked at before it is opened: opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, os.ErrNotExist
	case err != nil:
		return nil, errUnreadable
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errUnreadable
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, errUnreadable
	case len(b) > maxFile:
		return nil, errTooLarge
	}
	return b, nil
}

// decode reads one JSON value, with or without a byte order mark before it.
func decode(b []byte) (any, error) {
	if len(b) > maxFile {
		return nil, errTooLarge
	}
	var v any
	if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\ufeff")), &v); err != nil {
		return nil, errNoJSON
	}
	return v, nil
}

// parseList understands a list of registrations: an array of objects, an object
// that holds such an array under any key, or one registration by itself. Keys
// are compared without regard to case. An empty list is no error.
func parseList(b []byte) ([]Entry, error) {
	v, err := decode(b)
	if err != nil {
		return nil, err
	}
	items, ok := array(v)
	if !ok {
		return nil, errNoList
	}
	var list []Entry
	for _, item := range items {
		e := entry(item)
		if e.RegistrationCode == "" {
			continue
		}
		if len(list) == maxEntries {
			return list, errTooMany
		}
		list = append(list, e)
	}
	if len(items) > 0 && len(list) == 0 {
		return nil, errNoList
	}
	return list, nil
}

// array finds the list in whatever shape it comes.
func array(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		if entry(v).RegistrationCode != "" {
			return []any{v}, true
		}
		var empty []any
		for _, key := range keys(v) {
			items, ok := v[key].([]any)
			if ok && slices.ContainsFunc(items, func(x any) bool { return entry(x).RegistrationCode != "" }) {
				return items, true
			}
			if ok && len(items) == 0 {
				empty = items
			}
		}
		return empty, empty != nil
	}
	return nil, false
}

// entry understands one registration; without a code it is none.
func entry(v any) Entry {
	object, _ := v.(map[string]any)
	return Entry{
		RegistrationCode: text(object, "RegistrationCode"),
		RegionKey:        text(object, "RegionKey"),
		OrgName:          text(object, "OrgName"),
	}
}

// parseSettings gives the current registration of the client's settings: a
// code, or an object like one of the list. None remembered is no error.
func parseSettings(b []byte) (Entry, error) {
	const name = "CurrentRegistration"
	v, err := decode(b)
	if err != nil {
		return Entry{}, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return Entry{}, errNoSettings
	}
	if code := text(object, name); code != "" {
		return Entry{RegistrationCode: code}, nil
	}
	return entry(field(object, name)), nil
}

// keys of an object in a fixed order.
func keys(object map[string]any) []string {
	list := make([]string, 0, len(object))
	for k := range object {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// field finds a value by its key without regard to case; the exact spelling
// goes first.
func field(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	for _, k := range keys(object) {
		if strings.EqualFold(k, name) {
			return object[k]
		}
	}
	return nil
}

// text is a field that is a string, cleaned; anything else is empty, and so is
// one too long to be meant.
func text(object map[string]any, name string) string {
	s, _ := field(object, name).(string)
	if len(s) > maxText {
		return ""
	}
	return probe.Clean(s, maxText)
}
