"""The signing agreement (电子签名使用约定): the built-in version, and accepting it."""
