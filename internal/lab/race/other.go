//go:build !linux

package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	fmt.Fprintln(os.Stderr, "race: the simulated network needs Linux network namespaces, and this is "+runtime.GOOS)
	os.Exit(2)
}
