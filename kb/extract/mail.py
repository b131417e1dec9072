"""Saved mails (.eml) and saved web pages (.mhtml): the text, not what is attached."""

from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

from bs4 import BeautifulSoup

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.html import fill
from kb.extract.plain import add_text
from kb.messages import Extraction

MEDIA_TYPE = "message/rfc822"
_SHOWN = ("From", "To", "Date")


def extract(data: bytes, name: str) -> Extraction:
    """Text of a mail or of a saved page.

    Raises:
        NoTextFound: it has no words.
        UnreadableDocument: it is damaged.
    """
    try:
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
        return _extraction(mail, name)
    except (MessageError, LookupError, ValueError, AssertionError, RecursionError) as error:
        raise UnreadableDocument(f"{name} is damaged or is no saved mail.") from error


def _extraction(mail: EmailMessage, name: str) -> Extraction:
    builder = TextBuilder()
    subject = str(mail.get("Subject", ""))
    builder.heading(subject, 1)
    for header in _SHOWN if mail.get("From") and not _is_page(mail) else ():
        builder.add("paragraph", f"{header}: {mail.get(header, '')}")
    body = mail.get_body(("html", "plain"))
    if body is not None:
        _add(builder, body)
    attached = [part.get_filename() for part in mail.walk() if part.is_attachment()]
    names = ", ".join(str(each) for each in attached if each)
    notes = [f"What is attached is not read: {names}."] if names else []
    return builder.extraction(name, MEDIA_TYPE, title=subject, notes=notes)


def _is_page(mail: EmailMessage) -> bool:
    return mail.get_content_type() == "multipart/related" and "Snapshot-Content-Location" in mail


def _add(builder: TextBuilder, body: MIMEPart) -> None:
    content = body.get_content()
    if body.get_content_subtype() == "html":
        fill(builder, BeautifulSoup(content, "lxml"))
    else:
        add_text(builder, content)
