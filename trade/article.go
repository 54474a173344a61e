package trade

import "regexp"

// takesArticle finds names of economies and blocs that have an article inside a sentence.
var takesArticle = regexp.MustCompile(`^(Association|Br\. |Central African|Comprehensive|Dem\. |Dominican Rep|Euro area|European Union|Falkland|FS |Fr\. |Gulf|Group|Lao |Organi[sz]ation|Regional|Rep\. |Russian Federation|Southern |State of|United |US |USA|USSR)|(Isds|Bahamas|Comoros|Five Eyes|Gambia|Maldives|Netherlands|Philippines)$`)

// WithArticle is the name of an economy or bloc inside a sentence: the USA, Germany.
func WithArticle(name string) string {
	if takesArticle.MatchString(name) {
		return "the " + name
	}
	return name
}
