// Package notices has the licences of everything that the program contains and others have written.
package notices

import _ "embed"

// Text lists every module and library with its licence. `make notices` writes it.
//
//go:embed THIRD-PARTY.txt
var Text string
