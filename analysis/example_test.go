package analysis_test

import (
	"fmt"

	"chokepoint/analysis"
)

// A question gives its command, and reads a request from texts.
func ExampleQuestionOf() {
	q, _ := analysis.QuestionOf("count")
	fmt.Println(q.Command(map[string]string{"importers": "USA", "partners": "CHN|HKG"}, "baci-hs17-v202601"))
	_, errs := q.Read(map[string]string{"importer": "USA"})
	fmt.Println(len(errs))
	// Output:
	// chokepoint count --importers USA --partners 'CHN|HKG' --dataset baci-hs17-v202601
	// 1
}
