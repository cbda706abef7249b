"""The spec language: from text with places to items, chains and expressions. Nothing is counted here."""
