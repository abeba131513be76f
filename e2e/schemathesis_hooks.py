"""Loaded by Schemathesis: notes get a manage token and reveals a claim unless it generated one.

Left to chance, hardly any note could be ended or acknowledged. Its examples still go without.
"""

import schemathesis

GIVEN = {
    "create_note": {"manage_token": "c2hvd24gd2l0aCBlYWNoIG5vdGUgdGhhdCBpcyBtYWQ"},
    "reveal_note": {"claim": "c2l4dGVlbiBieXRlcy4uLg"},
}


@schemathesis.hook
def map_body(context, body):
    given = GIVEN.get(context.operation.definition.raw["operationId"], {})
    return {**given, **body} if isinstance(body, dict) else body
