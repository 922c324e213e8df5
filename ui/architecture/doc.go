// Package architecture draws a WorkSpace as it really is: the user's way in, what AWS
// keeps in a network of its own, and what lies in the customer's account. Of reads a report
// of any vantage into a Drawing, Joined those of a joined verdict: boxes within boxes, and
// what joins them; SVG and Lines show one.
//
// It judges nothing: a box is marked by the findings of the reports that are about it. What
// an end looked at is verified where its report says that the layers are ok (ends.go), what
// an account has where it was read; what was not is said to be so. What no call of an account
// shows (the gateways, and eth0) is drawn too, and told apart until an end looks at it: it is
// what explains a WorkSpace to somebody who knows EC2.
package architecture
