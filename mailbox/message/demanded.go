package message

import (
	"regexp/syntax"
	"strings"
)

// The bounds of what is demanded by an expression.
const (
	shortestDemand = 3   // bytes; what is shorter stands in most sentences
	mostDemands    = 100 // words of one expression
)

// demandedBy returns words of which every text holds one that an expression matches, nil where no such words are known.
// Most sentences hold none of them, which is seen sooner than that no expression matches.
func demandedBy(expression string) []string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	words := demands(tree)
	if weight(words) < shortestDemand {
		return nil
	}
	return words
}

// demands returns the best of what the parts of an expression demand: each alone, and each with what follows it.
func demands(re *syntax.Regexp) []string {
	var best []string
	take := func(words []string) {
		if weight(words) > weight(best) {
			best = words
		}
	}
	switch re.Op {
	case syntax.OpConcat:
		for i, part := range re.Sub {
			take(demands(part))
			words, _ := headsOf(re.Sub[i:])
			take(words)
		}
	case syntax.OpAlternate:
		for _, choice := range re.Sub {
			words := demands(choice)
			if weight(words) == 0 {
				return nil
			}
			best = append(best, words...)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return demands(re.Sub[0])
	case syntax.OpLiteral:
		best, _ = heads(re)
	}
	return best
}

// weight is how long the shortest of the words is: 0 for none and for too many.
func weight(words []string) int {
	if len(words) == 0 || len(words) > mostDemands {
		return 0
	}
	shortest := len(words[0])
	for _, w := range words {
		shortest = min(shortest, len(w))
	}
	return shortest
}

// heads returns what the texts begin with that an expression matches, and whether that is all of them.
func heads(re *syntax.Regexp) (words []string, all bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}, true
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine, syntax.OpEndText:
		return []string{""}, true
	case syntax.OpCapture:
		return heads(re.Sub[0])
	case syntax.OpPlus:
		words, _ = heads(re.Sub[0])
		return words, false
	case syntax.OpQuest:
		words, all = heads(re.Sub[0])
		return append(words, ""), all
	case syntax.OpConcat:
		return headsOf(re.Sub)
	case syntax.OpAlternate:
		all = true
		for _, choice := range re.Sub {
			more, whole := heads(choice)
			words, all = append(words, more...), all && whole
		}
		return words, all
	}
	return []string{""}, false
}

// headsOf returns the heads of parts that follow each other.
func headsOf(parts []*syntax.Regexp) (words []string, all bool) {
	words = []string{""}
	for _, part := range parts {
		more, whole := heads(part)
		if len(words)*len(more) > mostDemands {
			return words, false
		}
		var longer []string
		for _, w := range words {
			for _, m := range more {
				longer = append(longer, w+m)
			}
		}
		words = longer
		if !whole {
			return words, false
		}
	}
	return words, true
}
