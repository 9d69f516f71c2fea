"""The review under a verdict."""

from django import template

from ..reviews.forms import choices

register = template.Library()


@register.inclusion_tag("reviews/_review.html", takes_context=True)
def review_card(context, verification, errors=(), rejected=None):
    """The owner's review of this verdict, and the form for it.

    `rejected` is an answer and a note that could not be stored, with their `errors`.
    """
    review = getattr(verification, "review", None)
    return {
        "verification": verification,
        "review": review,
        "choices": choices(verification),
        "values": rejected or ({"answer": review.answer, "note": review.note} if review else {}),
        "errors": errors,
        "csrf_token": context.get("csrf_token"),
    }
