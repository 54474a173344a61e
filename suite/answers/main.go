// Command answers asks two builds of the program the same questions and reports where they answer differently: a change that
// is to change no number is tried with it.
//
//	go run ./suite/answers OLD NEW DATA...
//
// OLD and NEW are programs, each DATA a data folder. Every dataset in it is asked every line of commands.txt, as CSV and as
// JSON. CSV is compared byte by byte, JSON without its provenance and notes. The exit code is 1 where anything differs.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

//go:embed commands.txt
var commands string

// fewProducts is how many products a dataset must have for the questions about all goods.
const fewProducts = 500

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: answers OLD NEW DATA...")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := &comparison{ctx: ctx, programs: [2]string{os.Args[1], os.Args[2]}}
	for _, folder := range os.Args[3:] {
		if err := c.folder(folder); err != nil {
			log.Fatal("answers: ", err)
		}
	}
	fmt.Printf("%d answers, %d differ\n", c.asked, c.different)
	if c.different > 0 {
		os.Exit(1)
	}
}

// comparison counts what was asked.
type comparison struct {
	ctx              context.Context
	programs         [2]string
	asked, different int
}

// dataset is what the program says of one.
type dataset struct {
	Name     string `json:"dataset"`
	Years    string `json:"years"`
	products int
}

func (c *comparison) folder(folder string) error {
	out, err := c.run(c.programs[0], folder, "datasets", "--format", "json")
	if err != nil {
		return err
	}
	var list struct {
		Rows []dataset `json:"rows"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return fmt.Errorf("datasets of %s: %w", folder, err)
	}
	for _, d := range list.Rows {
		if d.products, err = c.products(folder, d.Name); err != nil {
			return err
		}
		for line := range strings.Lines(commands) {
			if words, wanted := wordsFor(line, d); wanted {
				if err := c.compare(folder, d.Name, words); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// products is how many products a dataset has flows of in its fullest year.
func (c *comparison) products(folder, name string) (most int, err error) {
	out, err := c.run(c.programs[0], folder, "datasets", "show", name, "--format", "json")
	if err != nil {
		return 0, err
	}
	var years struct {
		Rows []struct {
			Products int `json:"products"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(out, &years); err != nil {
		return 0, fmt.Errorf("dataset %s: %w", name, err)
	}
	for _, y := range years.Rows {
		most = max(most, y.Products)
	}
	return most, nil
}

// wordsFor takes a line apart and says whether it is for a dataset.
func wordsFor(line string, d dataset) (words []string, wanted bool) {
	words = strings.Fields(line)
	if len(words) == 0 || words[0] == "#" {
		return nil, false
	}
	wanted = true
	words = slices.DeleteFunc(words, func(w string) bool {
		switch w {
		case "@series":
			wanted = wanted && strings.Contains(d.Years, ":")
		case "@goods":
			wanted = wanted && d.products >= fewProducts
		default:
			return false
		}
		return true
	})
	return words, wanted
}

// catalogues are commands that need no dataset.
var catalogues = []string{"methods", "blocs", "lists", "policies", "scenarios", "economies", "revisions"}

func (c *comparison) compare(folder, name string, words []string) error {
	if !slices.Contains(catalogues, words[0]) {
		words = append(slices.Clone(words), "--dataset", name)
	}
	for _, format := range []string{"csv", "json"} {
		args := append(slices.Clone(words), "--format", format)
		var answers [2]string
		for i, program := range c.programs {
			out, err := c.run(program, folder, args...)
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			answers[i] = string(bare(format, out))
			var exit *exec.ExitError
			switch {
			case errors.As(err, &exit):
				answers[i] += fmt.Sprintf("exit code %d\n", exit.ExitCode())
			case err != nil:
				return err
			}
		}
		c.asked++
		if answers[0] != answers[1] {
			c.different++
			fmt.Printf("DIFFERENT: %s\n%s", strings.Join(args, " "), firstDifference(answers[0], answers[1]))
		}
	}
	return nil
}

func (c *comparison) run(program, folder string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(c.ctx, program, args...)
	cmd.Env = append(os.Environ(), "CHOKEPOINT_DATA="+folder)
	return cmd.Output()
}

// bare takes provenance and notes out of a JSON answer: they say how it was made.
func bare(format string, out []byte) []byte {
	if format != "json" {
		return out
	}
	var answer map[string]json.RawMessage
	if json.Unmarshal(out, &answer) != nil {
		return out
	}
	delete(answer, "provenance")
	delete(answer, "notes")
	var b bytes.Buffer
	for _, key := range []string{"table", "title", "synthetic", "provisional", "row_count", "columns", "rows"} {
		fmt.Fprintf(&b, "%s: %s\n", key, answer[key])
	}
	return b.Bytes()
}

// firstDifference shows the first line that differs, of both answers.
func firstDifference(old, new string) string {
	a, b := strings.Split(old, "\n"), strings.Split(new, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			at := 0
			for at < min(len(x), len(y)) && x[at] == y[at] {
				at++
			}
			from := max(0, at-60)
			return fmt.Sprintf("  line %d, byte %d\n  old: …%.160s\n  new: …%.160s\n", i+1, at+1, x[min(from, len(x)):], y[min(from, len(y)):])
		}
	}
	return ""
}
