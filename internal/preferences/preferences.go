// Package preferences reads which languages a user of macOS prefers, from the file that
// holds the user's settings for all programs, and the one text of a list that management
// hands out. It starts no program and asks no service: such a file is a property list in
// Apple's binary form, or in XML where somebody wrote it so, and of either only one list
// of short texts, or one text, is taken.
package preferences

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"wsdoctor/probe"
)

const (
	file = "Library/Preferences/.GlobalPreferences.plist"
	// largest file that is read, in bytes. Text replacements of the keyboard are kept
	// in it, and make some a few hundred kilobytes large.
	largest = 4 << 20
	key     = "AppleLanguages"
	// mostLanguages, and characters of the name of each: nobody speaks more, and
	// "zh-Hant-HK" is a long name.
	mostLanguages, longestName = 32, 40
	// longestText that is read of a list, in characters.
	longestText = 256 << 10
)

// Languages are the user's, the most preferred first, such as ja-JP. None where the file
// does not tell. The folder is the user's home.
func Languages(home string) []string {
	path := filepath.Join(home, filepath.FromSlash(file))
	// Looked at before it is opened: opening a pipe would wait for its writer.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil || len(b) > largest {
		return nil
	}
	return languages(b)
}

// Text is the text that a property list has for a key, if it has one of at most 256 kB.
func Text(b []byte, key string) (string, bool) {
	if bytes.HasPrefix(b, []byte("bplist00")) {
		return textFromBinary(b, key)
	}
	return textFromXML(b, key)
}

func languages(b []byte) (list []string) {
	found := fromXML
	if bytes.HasPrefix(b, []byte("bplist00")) {
		found = fromBinary
	}
	for _, name := range found(b) {
		if name = probe.Clean(name, longestName); name != "" && len(list) < mostLanguages {
			list = append(list, name)
		}
	}
	return list
}

// textFromXML takes the text that follows the key.
func textFromXML(b []byte, key string) (string, bool) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var last, text strings.Builder // of the key, and of what followed it
	element := ""
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		switch t := token.(type) {
		case xml.StartElement:
			if element = t.Name.Local; element == "key" {
				last.Reset()
			}
		case xml.EndElement:
			if element == "string" && last.String() == key {
				return text.String(), text.Len() <= longestText
			}
			element = ""
		case xml.CharData:
			switch {
			case element == "key":
				last.Write(t)
			case element == "string" && last.String() == key:
				text.Write(t)
			}
		}
	}
}

// fromXML takes the texts of the array that follows the key.
func fromXML(b []byte) (list []string) {
	d := xml.NewDecoder(bytes.NewReader(b))
	element, last, inside := "", "", false
	for {
		token, err := d.Token()
		if err != nil {
			return list
		}
		switch t := token.(type) {
		case xml.StartElement:
			element = t.Name.Local
			inside = inside || element == "array" && last == key
		case xml.EndElement:
			if element = ""; inside && t.Name.Local == "array" {
				return list
			}
		case xml.CharData:
			switch text := strings.TrimSpace(string(t)); {
			case element == "key":
				last = text
			case element == "string" && inside:
				list = append(list, text)
			}
		}
	}
}

// binaryList is a property list in binary form (CoreFoundation, CFBinaryPList.c): objects,
// a table of where each begins, and a trailer that says where that table is.
type binaryList struct {
	b         []byte
	offsets   []byte // the table
	width     int    // bytes of an offset
	reference int    // bytes of a reference to an object
	count     uint64
	longest   int // text that is read, in characters
}

const trailerSize = 32

// Markers: the upper half of an object's first byte; the lower one is its count, or says
// that an integer with the count follows.
const (
	markInteger = 0x10
	markASCII   = 0x50
	markUTF16   = 0x60
	markArray   = 0xa0
	markMap     = 0xd0
	countFollow = 0x0f
)

// readBinary finds the pairs of the list's top: first all references to keys, and then
// those to their values.
func readBinary(b []byte, longest int) (p binaryList, refs []byte, pairs int) {
	if len(b) < trailerSize {
		return p, nil, 0
	}
	trailer := b[len(b)-trailerSize:]
	p = binaryList{
		longest:   longest,
		b:         b[:len(b)-trailerSize],
		width:     int(trailer[6]),
		reference: int(trailer[7]),
		count:     binary.BigEndian.Uint64(trailer[8:]),
	}
	top, at := binary.BigEndian.Uint64(trailer[16:]), binary.BigEndian.Uint64(trailer[24:])
	if p.width < 1 || p.width > 8 || p.reference < 1 || p.reference > 8 || at > uint64(len(p.b)) ||
		p.count > (uint64(len(p.b))-at)/uint64(p.width) {
		return p, nil, 0
	}
	p.offsets = p.b[at:]
	mark, n, refs := p.object(top)
	if mark != markMap || n > len(refs)/p.reference/2 {
		return p, nil, 0
	}
	return p, refs, n
}

func textFromBinary(b []byte, key string) (string, bool) {
	p, refs, n := readBinary(b, longestText)
	for i := range n {
		if name, is := p.text(p.ref(refs, i)); is && name == key {
			return p.text(p.ref(refs, n+i))
		}
	}
	return "", false
}

func fromBinary(b []byte) (list []string) {
	p, refs, n := readBinary(b, longestName)
	for i := range n {
		if name, is := p.text(p.ref(refs, i)); !is || name != key {
			continue
		}
		mark, m, members := p.object(p.ref(refs, n+i))
		if mark != markArray || m > len(members)/p.reference {
			return nil
		}
		for j := range min(m, mostLanguages) {
			if name, is := p.text(p.ref(members, j)); is {
				list = append(list, name)
			}
		}
		return list
	}
	return nil
}

// object gives an object's kind, its count, and all bytes from its content on. The count
// is at most as large as there are bytes.
func (p binaryList) object(id uint64) (mark byte, count int, content []byte) {
	if id >= p.count {
		return 0, 0, nil
	}
	at := number(p.offsets[int(id)*p.width:][:p.width])
	if at >= uint64(len(p.b)) {
		return 0, 0, nil
	}
	first, rest := p.b[at], p.b[at+1:]
	count = int(first & 0x0f)
	if count == countFollow {
		if len(rest) == 0 || rest[0]&0xf0 != markInteger {
			return 0, 0, nil
		}
		size := 1 << (rest[0] & 0x0f)
		if size > 8 || len(rest) < 1+size {
			return 0, 0, nil
		}
		n := number(rest[1 : 1+size])
		if n > uint64(len(p.b)) {
			return 0, 0, nil
		}
		count, rest = int(n), rest[1+size:]
	}
	return first & 0xf0, count, rest
}

// ref is the reference of that index in a list of them.
func (p binaryList) ref(list []byte, i int) uint64 {
	return number(list[i*p.reference:][:p.reference])
}

// text is an object that is one; longer ones than any that is looked for are none.
func (p binaryList) text(id uint64) (string, bool) {
	mark, n, content := p.object(id)
	if n > p.longest {
		return "", false
	}
	switch {
	case mark == markASCII && n <= len(content):
		return string(content[:n]), true
	case mark == markUTF16 && 2*n <= len(content):
		units := make([]uint16, n)
		for i := range n {
			units[i] = binary.BigEndian.Uint16(content[2*i:])
		}
		return string(utf16.Decode(units)), true
	}
	return "", false
}

func number(b []byte) (n uint64) {
	for _, digit := range b {
		n = n<<8 | uint64(digit)
	}
	return n
}
