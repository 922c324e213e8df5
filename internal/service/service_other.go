//go:build !windows

package service

import (
	"context"

	"wsdoctor/internal/words"
)

func installService(Job, bool) error {
	return words.Fail(words.Say("service.only-windows"))
}

func removeService() (bool, error) {
	return false, words.Fail(words.Say("service.only-windows"))
}

// Run is for what Windows started as a service.
func Run(func(context.Context) int) (int, error) {
	return 0, words.Fail(words.Say("service.only-windows"))
}

// CloseWindow closes the window that Windows gives to programs of a console.
func CloseWindow() {}
