package words

// The names of what the closed lists of other packages hold. They take IDs and not
// those packages' types, so that whoever keeps a list need not know of words.

// Title is a layer's name in a few words, for tables.
func Title[ID ~string](layer ID) Text { return named("layer", layer, ".title") }

// Named is a layer's name within a sentence: "the web proxy".
func Named[ID ~string](layer ID) Text { return named("layer", layer, ".named") }

// About says what a layer is, in words an office worker understands.
func About[ID ~string](layer ID) Text { return named("layer", layer, ".about") }

// Owner is who fixes what is wrong at a place.
func Owner[ID ~string](owner ID) Text { return named("owner", owner, "") }

// named says nothing of nobody.
func named[ID ~string](list string, id ID, what string) Text {
	if id == "" {
		return Text{}
	}
	return Say(list + "." + string(id) + what)
}

// Failure says what a probe's failure means, as a clause without a full stop.
func Failure[ID ~string](code ID) Text { return named("failure", code, "") }

// Sentence ends a clause as the language ends a sentence.
func Sentence(clause Text) Text {
	if clause.Empty() {
		return clause
	}
	return Say("value.sentence", Args{"text": clause})
}
