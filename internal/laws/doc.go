// Package laws holds no code, only tests of the repository as a whole: which
// package may import what, who may end the program, where things may lie. Every
// law stands in a table with its reason, so that whoever runs into one can judge
// whether the reason still holds.
package laws
