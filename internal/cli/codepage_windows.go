package cli

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel              = windows.NewLazySystemDLL("kernel32.dll")
	getOEMCP            = kernel.NewProc("GetOEMCP")
	wideCharToMultiByte = kernel.NewProc("WideCharToMultiByte")
)

// consoleCodePage is what a console's programs take bytes for; without a console,
// what one would have.
func consoleCodePage() *codePage {
	number, err := windows.GetConsoleOutputCP()
	if err != nil || number == 0 {
		n, _, _ := getOEMCP.Call()
		number = uint32(n)
	}
	return &codePage{Number: number, Encode: func(s string) []byte { return encodeFor(number, s) }}
}

// mostBytes is how many bytes a UTF-16 unit takes at most in a code page (GB 18030).
const mostBytes = 4

func encodeFor(page uint32, s string) []byte {
	wide := utf16.Encode([]rune(s))
	if len(wide) == 0 {
		return nil
	}
	out := make([]byte, mostBytes*len(wide))
	n, _, _ := wideCharToMultiByte.Call(uintptr(page), 0, uintptr(unsafe.Pointer(&wide[0])), uintptr(len(wide)),
		uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)), 0, 0)
	if n == 0 {
		return onlyASCII(s)
	}
	return out[:n]
}

// onlyASCII is a text with a question mark for what is beyond.
func onlyASCII(s string) []byte {
	return []byte(strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, s))
}
