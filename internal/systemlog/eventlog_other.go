//go:build !windows

package systemlog

import (
	"runtime"

	"wsdoctor/internal/words"
)

func openEventLog() (Log, error) {
	return nil, words.Fail(words.Say("systemlog.only-windows", words.Args{"system": runtime.GOOS}))
}
