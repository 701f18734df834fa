"""`make soak`. A separate module: the soak's processes import `tests.campaign.soak` and do not run this again."""

from tests.campaign.soak import main

main()
