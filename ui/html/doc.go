// Package html writes a report as one page for a ticket: the verdict first, then what to
// do, the map of the way, the layers, and folded below them the evidence and the report
// itself, which `wsdoctor rejudge`, `merge` and `fleet` read out of the file again.
//
// The page is alone: no script, no picture, no font and no address that a browser would
// fetch; its policy forbids them too. It follows the reader's wish for light or dark, and
// prints without what is folded.
//
// It judges nothing, and says nothing that the report does not say. Whatever a text of
// the report holds, it is shown and never obeyed: all texts go through one function,
// which cleans and escapes them, and all markup is made of constants (writer.go).
// html/template would cost the program megabytes for the same.
package html
