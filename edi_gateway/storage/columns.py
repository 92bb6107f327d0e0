"""What all tables share."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()

# Only a column declared INTEGER is SQLite's own row number, and needs no index beside the table.
INDEX = BigInteger().with_variant(Integer, "sqlite")
