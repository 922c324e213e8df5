package words

import "errors"

// Error is an error that can be told in every language. As an error it is in English.
type Error struct {
	text  Text
	cause error
}

// Fail makes an error of a text: what is wrong, with a small letter and no full stop.
func Fail(text Text) *Error { return &Error{text: text} }

// Because gives the error a cause, for errors.Is and errors.As.
func (e *Error) Because(cause error) *Error { return &Error{e.text, cause} }

func (e *Error) Error() string { return English().Tell(e.text) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Told is what the error says.
func (e *Error) Told() Text { return e.text }

// Reason is what an error says, in every language if it is one that can be told so.
func Reason(err error) Text {
	var told interface{ Told() Text }
	if errors.As(err, &told) {
		return told.Told()
	}
	return Raw(err.Error())
}
