// Package userfile opens the files that a user names on the command line, so that
// none of them can hang the program or cost what was there before:
//
//   - Open reads. A pipe that nobody writes to ends after a while.
//   - Create writes. What is written to an ordinary file appears under its name
//     only when it is whole, readable by its owner alone; until then the old file
//     stands there, whatever happens to the program or the disk.
//   - Publish is Create for a file that other programs read, Append for one that grows
//     line by line.
//
// Errors are those of the system, with the name as the user typed it.
package userfile
