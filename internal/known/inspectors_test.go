package known

import (
	"testing"

	"wsdoctor/internal/words"
)

// Whoever can exempt a host is named to people in their language.
func TestWhoeverRunsAnInspectorCanBeNamed(t *testing.T) {
	list, err := readInspectors()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d products, %v", len(list), err)
	}
	for _, i := range list {
		if !words.Has("owner." + i.Owner) {
			t.Errorf("%s: nobody is called %q", i.Product, i.Owner)
		}
	}
}
