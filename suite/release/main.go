// Command release makes what a release consists of, in a folder: archives for each system, packages for Debian, checksums. It is run
// from the top of the repository, on a commit whose files are as they are there:
//
//	(cd suite/release && go run . -out ../../dist)
//
// With -only linux/amd64 it makes that archive alone. With -twice it builds it once more, elsewhere and from nothing, and fails unless
// the bytes are the same. With -try it unpacks it in an empty folder and uses it as a newcomer would.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// targets are the systems for which a release is made.
var targets = []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}

type target struct{ system, processor string }

func (t target) String() string { return t.system + "/" + t.processor }

// program is what the binary is called.
func (t target) program() string {
	if t.system == "windows" {
		return "chokepoint.exe"
	}
	return "chokepoint"
}

func main() {
	out := flag.String("out", "dist", "folder of the release")
	only := flag.String("only", "", "make this one alone, such as linux/amd64")
	twice := flag.Bool("twice", false, "build the first target twice and compare")
	try := flag.Bool("try", false, "use the first archive from an empty folder")
	modified := flag.Bool("modified", false, "also of files that differ from the commit, for trials")
	flag.Parse()
	if err := run("../..", *out, *only, *twice, *try, *modified); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(root, out, only string, twice, try, modified bool) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if charts, _ := filepath.Glob(filepath.Join(root, "pages/assets/vendor/*.gz")); len(charts) == 0 {
		return errors.New("pages/assets/vendor is empty, so that pages would have no charts: run `make vendor` first")
	}
	wanted := targets
	if only != "" {
		system, processor, _ := strings.Cut(only, "/")
		wanted = []target{{system, processor}}
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	r := &release{root: root, out: out}
	for i, t := range wanted {
		if err := r.build(t); err != nil {
			return err
		}
		if i == 0 {
			if err := r.identify(t, modified); err != nil {
				return err
			}
			if twice {
				if err := r.buildAgain(t); err != nil {
					return err
				}
			}
			if err := r.document(); err != nil {
				return err
			}
		}
		if err := r.pack(t); err != nil {
			return err
		}
		if t.system == "linux" {
			if err := r.debian(t); err != nil {
				return err
			}
		}
	}
	if err := r.checksums(); err != nil {
		return err
	}
	if try {
		return r.try(wanted[0])
	}
	return nil
}
