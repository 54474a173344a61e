package main

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"chokepoint/result"
)

// fitHelp makes the help of all commands fit a window; 0 leaves it as it is written.
func fitHelp(root *cobra.Command, width int) {
	if width <= 0 {
		return
	}
	template := root.UsageTemplate()
	for _, flags := range []string{".LocalFlags", ".InheritedFlags"} {
		template = strings.ReplaceAll(template, flags+".FlagUsages", fmt.Sprintf("%s.FlagUsagesWrapped %d", flags, width-1))
	}
	root.SetUsageTemplate(template)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		about := cmd.Long
		if about == "" {
			about = cmd.Short
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", fitParagraphs(about, width), fitUsage(cmd.UsageString(), width))
	})
}

// fitParagraphs joins the lines of each paragraph and breaks them anew. Indented lines are not joined.
func fitParagraphs(text string, width int) string {
	var lines []string
	joined := false
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		line = strings.TrimRight(line, " \n")
		plain := line != "" && !strings.HasPrefix(line, " ")
		if plain && joined {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
		joined = plain
	}
	for i, line := range lines {
		if strings.HasPrefix(line, " ") {
			lines[i] = result.Wrap(line, width)
		} else {
			lines[i] = result.Fill(line, width)
		}
	}
	return strings.Join(lines, "\n")
}

// fitUsage breaks the lines of a usage: those of examples so that a shell still reads them as one command.
func fitUsage(text string, width int) string {
	var b strings.Builder
	examples := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if line != "" && !strings.HasPrefix(line, " ") {
			examples = line == "Examples:"
		}
		if examples {
			line = fitCommand(line, width)
		} else {
			line = result.Wrap(line, width)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// fitCommand breaks a command before its flags.
func fitCommand(line string, width int) string {
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var lines []string
	current := ""
	for i, part := range strings.Split(line, " --") {
		if i > 0 {
			part = "--" + part
		}
		switch {
		case i == 0:
			current = part
		case runewidth.StringWidth(current+" "+part+` \`) > width:
			lines = append(lines, current+` \`)
			current = indent + "    " + part
		default:
			current += " " + part
		}
	}
	return strings.Join(append(lines, current), "\n")
}
