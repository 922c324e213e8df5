// Package spelling finds what a mistyped word may have meant.
package spelling

// Distance is how many runes must be put in, taken out or exchanged to make b
// of a (Levenshtein).
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

// longest is the longest word that is compared, in bytes: what is typed may be
// anything, and the comparison takes time by its square.
const longest = 64

// Nearest gives those of the candidates that are closest to a word, if at most
// a third of the word would have to change; in their order.
func Nearest(word string, candidates []string) []string {
	if len(word) > longest {
		return nil
	}
	best := max(1, len(word)/3)
	var near []string
	for _, c := range candidates {
		switch d := Distance(word, c); {
		case d > best:
		case d < best:
			best, near = d, []string{c}
		default:
			near = append(near, c)
		}
	}
	return near
}
