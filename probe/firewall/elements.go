package firewall

import (
	"errors"
	"fmt"
	"slices"
)

// stored is an element as the kernel tells it. In a set of plain intervals it is
// a boundary: the first value inside, or with end the first one outside.
type stored struct {
	element
	end bool
}

// fill takes the elements of a set out of the kernel's messages.
func (s *set) fill(list []message, most int) error {
	var all []stored
	for _, m := range list {
		f, err := m.attributes()
		if err != nil {
			return err
		}
		elements, err := attrs(f[3])
		if err != nil {
			return err
		}
		if len(all)+len(elements) > most {
			return fmt.Errorf("more than %d elements", most)
		}
		for _, a := range elements {
			e, err := s.decode(a.data)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
	}
	all = slices.DeleteFunc(all, func(e stored) bool {
		if e.from == nil {
			one := e.element
			s.otherwise = &one
		}
		return e.from == nil
	})
	if s.flags&setInterval != 0 && len(s.fields) == 0 {
		s.elements = intervals(all, s.size)
		if s.flags&setMap == 0 {
			s.merged()
		}
		return nil
	}
	limited := false
	for _, e := range all {
		e.exact = slices.Equal(e.from, e.to)
		limited = limited || e.limited
		s.elements = append(s.elements, e.element)
	}
	if s.flags&setMap == 0 && len(s.fields) == 0 && !limited {
		slices.SortFunc(s.elements, func(a, b element) int { return slices.Compare(a.from, b.from) })
		s.sorted = true
	}
	return nil
}

// decode reads one element (enum nft_set_elem_attributes). One for every other
// key has no from.
func (s *set) decode(b []byte) (e stored, err error) {
	f, err := parse(b, 11)
	if err != nil {
		return e, err
	}
	flags := f.number(3)
	e.end = flags&elementEnd != 0
	if flags&elementCatchall == 0 {
		key, err := f.value(1)
		if err != nil || len(key) != s.size {
			return e, errors.Join(err, errors.New("an element without a key"))
		}
		e.from = wordsOf(key)
		e.to = e.from
		if f.has(10) {
			if key, err = f.value(10); err != nil || len(key) != s.size {
				return e, errAttribute
			}
			e.to = wordsOf(key)
		}
	}
	if f.has(2) && s.verdicts {
		if e.verdict, err = decodeVerdict(f[2]); err != nil {
			return e, err
		}
	} else if f.has(2) {
		if e.data, err = f.value(2); err != nil {
			return e, err
		}
	} else if s.verdicts && !e.end {
		return e, errors.New("an element without a verdict")
	}
	e.limited = f.has(11) || f.has(7) && !counts(f[7]) || f.has(5) // expires
	return e, nil
}

// counts says whether an element's own expression is a counter, which lets
// everything pass.
func counts(b []byte) bool {
	f, err := parse(b, 2)
	return err == nil && (f.text(1) == "counter" || f.text(1) == "last")
}

// intervals joins boundaries: each first value inside reaches to the value
// before the next boundary, or to the highest there is.
func intervals(all []stored, size int) []element {
	slices.SortStableFunc(all, func(a, b stored) int {
		if c := slices.Compare(a.from, b.from); c != 0 {
			return c
		}
		switch { // where one interval ends the next may begin
		case a.end && !b.end:
			return -1
		case b.end && !a.end:
			return 1
		}
		return 0
	})
	highest := make([]byte, size)
	for i := range highest {
		highest[i] = 0xff
	}
	var list []element
	for i, e := range all {
		if e.end {
			continue
		}
		e.to = wordsOf(highest)
		for _, after := range all[i+1:] {
			if slices.Compare(after.from, e.from) > 0 {
				e.to = previous(after.from, size)
				break
			}
		}
		list = append(list, e.element)
	}
	return list
}
