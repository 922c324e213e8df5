package words

import "testing"

// The catalogue is read once in each run, beside what is waited for.
func BenchmarkRead(b *testing.B) {
	text, err := files.ReadFile(Default + ".json")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := read(Default, text); err != nil {
			b.Fatal(err)
		}
	}
}
