// Package prose joins words: lists, plurals, numbers with their units. The sentences
// themselves are the rules'.
package prose
