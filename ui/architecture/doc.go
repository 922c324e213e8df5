// Package architecture draws a WorkSpace as it really is: the user's way in, what AWS
// keeps in a network of its own, and what lies in the customer's account, as a report of
// the account tells it. Of reads a report into a Drawing: boxes within boxes, and what
// joins them; SVG and Lines show one.
//
// It judges nothing: a box is marked by the findings of the report that are about it, and
// what was not read is said to be so. What no call of an account shows (the gateways, and
// eth0) is drawn too, and told apart: it is what explains a WorkSpace to somebody who
// knows EC2.
package architecture
