package socket

// The tables of this system; see winsock.go.
var (
	refusedHere   = winRefusedHere
	neverFromAfar = winNeverFromAfar
	fromAfar      = winFromAfar
	errnos        = winErrnos
	exhausted     = winExhausted
)
