// Command list prints the whole catalogue for reviewers, one message after another in
// every language:
//
//	go run ./internal/words/list          all messages
//	go run ./internal/words/list cause.   those whose names begin so
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"wsdoctor/internal/words"
)

func main() {
	prefix := strings.Join(os.Args[1:], "")
	out := bufio.NewWriter(os.Stdout)
	for _, id := range words.English().IDs() {
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		fmt.Fprintf(out, "%s\n", id)
		for _, name := range words.Languages() {
			c, _ := words.In(name)
			fmt.Fprintf(out, "  %s  %s\n", name, c.Source(id))
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
