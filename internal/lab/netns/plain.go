//go:build linux

package netns

import "fmt"

// Plain makes every packet that leaves this end a frame of its own, instead of
// several TCP segments in one that a real interface would part. Only then do
// the interface's counters count what a wire would carry.
func (e End) Plain() error {
	if err := e.Space.Do(func() error { return plainFrames(e.Interface) }); err != nil {
		return fmt.Errorf("%s/%s: switch off offloading: %w", e.Space.Name, e.Interface, err)
	}
	return nil
}
