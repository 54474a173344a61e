package pages

import "regexp"

// takesArticle finds names of economies and blocs that have an article inside a sentence.
var takesArticle = regexp.MustCompile(`^(Association|Br\. |Central African|Comprehensive|Dem\. |Dominican Rep|Euro area|European Union|Falkland|FS |Fr\. |Gulf|Group|Lao |Organi[sz]ation|Regional|Rep\. |Russian Federation|Southern |State of|United |US |USA|USSR)|(Isds|Bahamas|Comoros|Five Eyes|Gambia|Maldives|Netherlands|Philippines)$`)

// withArticle is a name as it stands inside a sentence: the USA, Germany.
func withArticle(name string) string {
	if takesArticle.MatchString(name) {
		return "the " + name
	}
	return name
}

// inSentence is nameOf inside a sentence.
func (v *pageRequest) inSentence(label string) string { return withArticle(v.nameOf(label)) }
