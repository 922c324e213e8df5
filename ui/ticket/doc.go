// Package ticket writes a report as the text of a helpdesk's ticket: what was found, at
// which layer, who fixes it and how, when and where it was seen, and last the report
// itself, packed, as far as a ticket has room for it.
//
// There is one text and a form for each style (forms.go). Whatever a text of the report
// holds, it stands in the ticket as it is and is no markup: every form escapes it.
package ticket
