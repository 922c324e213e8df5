// Package policy reads what a company has laid down for all its computers: one small
// JSON text, in a file or in what the system's management hands out. It holds defaults
// of flags, and who the owners of layers are there. It is read and never written; it
// sends nothing, and judges nothing: Speak only puts the company's names for owners
// into what was judged.
package policy
