//go:build !windows

package cli

// consoleCodePage: other systems' programs speak the locale's UTF-8.
func consoleCodePage() *codePage { return nil }
