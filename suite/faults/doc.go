// Package faults tries what becomes of a dataset when things go wrong: bits flip in its files, files are cut off, the program is
// killed or the disk fails at any call that writes. Its tests try a few hundred faults in a second or two; `make faults` tries more
// than ten thousand, and prints how many were survived. docs/faults.md says what survived means.
package faults
