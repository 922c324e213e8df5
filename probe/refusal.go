package probe

import "time"

// LateRefuser is a Network whose connects may go on after a reset said no: the
// system sends the SYN again before it believes it. Until RefusalDelay after the
// first SYN's answer was due, nothing said is no silence yet.
type LateRefuser interface {
	RefusalDelay() time.Duration
}

// RefusalDelay is how late a refusal may be told on a network; 0 on most.
func RefusalDelay(n Network) time.Duration {
	if late, is := n.(LateRefuser); is {
		return late.RefusalDelay()
	}
	return 0
}
