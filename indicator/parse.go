package indicator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// MaxText is the length in bytes of the longest formula or criterion accepted.
const MaxText = 1000

// SyntaxError says where in a formula or criterion something is wrong.
type SyntaxError struct {
	Text   string
	Column int // from 1
	Msg    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s\n    %s\n    %s^", e.Column, e.Msg, e.Text, strings.Repeat(" ", max(e.Column-1, 0)))
}

// ParseFormula reads arithmetic over indicators: names, numbers, + - * / ^ and brackets.
func ParseFormula(text string) (*Expr, error) {
	p := lowering{text: text}
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	n, err := p.number(tree)
	if err != nil {
		return nil, err
	}
	return &Expr{Text: text, node: n}, nil
}

// ParseCriterion reads a condition: comparisons (> >= < <=) of formulas, joined by and, or, not and brackets.
func ParseCriterion(text string) (*Criterion, error) {
	p := lowering{text: text}
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	c, err := p.condition(tree)
	if err != nil {
		return nil, err
	}
	return &Criterion{Text: text, cond: c}, nil
}

// lowering turns the syntax tree of expr-lang, which knows far more than we allow, into our own nodes.
type lowering struct{ text string }

func (p *lowering) parse() (ast.Node, error) {
	switch {
	case strings.TrimSpace(p.text) == "":
		return nil, p.at(0, "empty expression; expected, for example, `imports >= 2 * exports`")
	case len(p.text) > MaxText:
		return nil, &SyntaxError{p.text[:60] + "…", MaxText, fmt.Sprintf("expression of %d bytes; at most %d are accepted", len(p.text), MaxText)}
	}
	for i, r := range p.text {
		if r == '%' {
			return nil, p.at(i, "unexpected character '%'; write 40 % of a share as 0.4")
		}
		if r >= 0x80 || r < ' ' && r != '\t' {
			return nil, p.at(i, fmt.Sprintf("unexpected character %q; write with plain letters, digits and + - * / ^ > >= < <= and or not ( )", r))
		}
	}
	tree, err := parser.Parse(p.text)
	if err != nil {
		var ferr *file.Error
		if errors.As(err, &ferr) {
			if strings.Contains(ferr.Message, "value out of range") {
				return nil, p.at(ferr.From, "a number must be 0 or between "+numberRange+"; beyond 2^63 write it as 1e19")
			}
			return nil, p.at(ferr.From, ferr.Message)
		}
		return nil, p.at(0, err.Error())
	}
	return tree.Node, nil
}

func (p *lowering) at(offset int, msg string) error {
	return &SyntaxError{p.text, min(offset, len(p.text)) + 1, msg}
}

func (p *lowering) number(n ast.Node) (node, error) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return p.literal(n)
	case *ast.FloatNode:
		return p.literal(n)
	case *ast.IdentifierNode:
		return p.name(n)
	case *ast.UnaryNode:
		x, err := p.number(n.Node)
		switch {
		case err != nil:
			return nil, err
		case n.Operator == "-":
			return negNode{x}, nil
		case n.Operator == "+":
			return x, nil
		}
	case *ast.BinaryNode:
		op := n.Operator
		if op == "**" {
			op = "^"
		}
		if !strings.Contains("+-*/^", op) {
			break
		}
		x, err := p.number(n.Left)
		if err != nil {
			return nil, err
		}
		y, err := p.number(n.Right)
		if err != nil {
			return nil, err
		}
		if c, ok := y.(constNode); op == "^" && (!ok || c.Value < 1 || c.Value > 9 || c.Value != float64(int(c.Value))) {
			return nil, p.at(n.Right.Location().From, "an exponent must be a whole number from 1 to 9")
		}
		if b := (binaryNode{op[0], x, y}); degree(b) <= maxDegree {
			return b, nil
		}
		return nil, p.at(n.Location().From, fmt.Sprintf("too many nested powers and products; at most %d factors", maxDegree))
	}
	return nil, p.at(n.Location().From, fmt.Sprintf("%s is not arithmetic; expected names of indicators, numbers, + - * / ^ and brackets", describe(n)))
}

// literal keeps the digits as written, so that 0.4 stays two fifths in exact arithmetic.
func (p *lowering) literal(n ast.Node) (node, error) {
	loc := n.Location()
	number, err := ParseNumber(p.text[loc.From:loc.To])
	if err != nil {
		return nil, p.at(loc.From, err.Error())
	}
	return constNode{number}, nil
}

func (p *lowering) name(n *ast.IdentifierNode) (node, error) {
	if ind, ok := byName[n.Value]; ok {
		if ind.Formula == "" {
			return sumNode{ind.base.sum, ind.Name}, nil
		}
		return indicatorNode{ind}, nil
	}
	msg := fmt.Sprintf("unknown indicator %q", n.Value)
	if near := Nearest(n.Value); near != "" {
		msg += fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, p.at(n.Location().From, msg+" (`chokepoint indicators --list` shows all)")
}

// Nearest returns the indicator whose name or column comes nearest to a misspelt one, or "" if none is near.
func Nearest(name string) string {
	best, bestDistance := "", len(name)/2+1
	for _, ind := range table {
		for _, candidate := range []string{ind.Name, ind.Column} {
			if d := levenshtein.ComputeDistance(strings.ToLower(name), candidate); d < bestDistance {
				best, bestDistance = ind.Name, d
			}
		}
	}
	return best
}

func (p *lowering) condition(n ast.Node) (condition, error) {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" {
			break
		}
		x, err := p.condition(n.Node)
		if err != nil {
			return nil, err
		}
		return &not{x}, nil
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			x, err := p.condition(n.Left)
			if err != nil {
				return nil, err
			}
			y, err := p.condition(n.Right)
			if err != nil {
				return nil, err
			}
			if n.Operator == "and" || n.Operator == "&&" {
				return &and{x, y}, nil
			}
			return &or{x, y}, nil
		case ">", ">=", "<", "<=":
			x, err := p.number(n.Left)
			if err != nil {
				return nil, err
			}
			y, err := p.number(n.Right)
			if err != nil {
				return nil, err
			}
			return &comparison{n.Operator, x, y}, nil
		case "==", "!=":
			return nil, p.at(n.Location().From, "equality of measured values is not a criterion; use > >= < <=")
		}
	}
	return nil, p.at(n.Location().From, fmt.Sprintf("%s is not a comparison; expected, for example, `imports >= 2 * exports`", describe(n)))
}

// maxDegree bounds the number of factors of a formula, and with it the digits of its exact value.
const maxDegree = 64

// degree counts the numbers whose digits add up in the exact value of n.
func degree(n node) int {
	switch n := n.(type) {
	case negNode:
		return degree(n.x)
	case indicatorNode:
		return degree(n.ind.expr.node)
	case binaryNode:
		if n.op == '^' {
			return degree(n.x) * int(n.y.(constNode).Value)
		}
		return degree(n.x) + degree(n.y)
	}
	return 1
}

func describe(n ast.Node) string {
	text := n.String()
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return "`" + text + "`"
}
