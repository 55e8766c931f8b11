-- A copied database must never reach a real seller.
UPDATE acorn_amazon_store
   SET refresh_token_encrypted = NULL,
       state_before_pause = CASE WHEN state IN ('shadow', 'live') THEN state ELSE state_before_pause END,
       state = 'paused'
 WHERE environment <> 'simulator';
UPDATE acorn_amazon_application
   SET client_secret_encrypted = NULL
 WHERE environment <> 'simulator';
DELETE FROM acorn_amazon_token;
DELETE FROM acorn_amazon_oauth_nonce;
UPDATE acorn_amazon_connect_wizard SET refresh_token_encrypted = NULL;
