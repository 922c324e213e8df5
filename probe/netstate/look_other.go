//go:build !windows

package netstate

func questions([]string) []question { return nil }
