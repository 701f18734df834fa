"""`make soak`. A module of its own, so that the soak's processes need not run it again to find what they are told."""

from tests.campaign.soak import main

main()
