from pathlib import Path

import pytest
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface.verify import verifyObject

from tests import programs
from travelcrawl.middlewares.handler import KeptContexts

RESETTING = Path(__file__).with_name("resetting.py")


@pytest.mark.parametrize(
    ("handler", "times"),
    [
        ("travelcrawl.middlewares.handler.OnceHandler", "1"),
        # If this one is no longer 2, ours has become needless.
        ("scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler", "2"),
    ],
)
def test_what_is_reset_is_not_sent_again_unasked(handler: str, times: str) -> None:
    done = programs.run(str(RESETTING), handler)
    assert done.stdout.strip() == times, done.stderr


def test_the_authorities_are_read_once_for_a_host() -> None:
    policy = KeptContexts(_ScrapyClientContextFactory(verify_certificates=True))
    assert verifyObject(IPolicyForHTTPS, policy)
    factory = TLSMemoryBIOFactory(policy.creatorForNetloc(b"one.test", 443), True, Factory.forProtocol(Protocol))
    hosts = (b"one.test", b"one.test", b"other.test")
    made = [policy.creatorForNetloc(host, 443).clientConnectionForTLS(factory.buildProtocol(None)) for host in hosts]
    contexts = [connection.get_context() for connection in made]
    assert contexts[0] is contexts[1]
    assert contexts[0] is not contexts[2]
    assert tuple(connection.get_servername() for connection in made) == hosts
