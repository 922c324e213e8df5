//go:build nodemo

package main

// playHost does nothing: this build has no simulated network.
func playHost() {}
