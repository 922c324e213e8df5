// Package words holds what is said to people: one catalogue of messages for each
// language, and the texts that name a message with what it is about.
//
// A rule never writes a sentence. It makes a Text, which is the name of a message and
// its arguments (ports, names, numbers, other texts); the catalogue of a language
// turns it into words when a report is written. So the same judgement can be told in
// any language, and whoever reads the catalogue reads all that the program says.
//
// A catalogue is a JSON file, LANGUAGE.json, of nested objects; a message's name is
// the path to it, joined by full stops, and a list's elements are named 0, 1, 2. A
// further language is one further file. Messages are written in a part of ICU's
// message format:
//
//	{name}                                        the argument
//	{name, capital}                               with a capital letter first
//	{name, small}                                 with a small letter first
//	{name, plural, one {a port} other {# ports}}  by number, or by how many a list has
//	{name, select, a {…} b {…} other {…}}         by what the argument says; nothing is none
package words
